"""The bank's side: read Qonto, by webhook and by poll, and write down what it says."""
