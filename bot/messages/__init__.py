"""What must be told, and to whom: wanted in the transaction of the change, sent by bot.slack.delivery."""
