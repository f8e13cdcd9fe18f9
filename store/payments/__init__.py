"""Movements as the bank reports them, payments that wait, accounts and the bank's consent."""
