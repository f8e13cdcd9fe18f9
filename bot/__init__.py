"""The service: use cases, web server, Slack application, worker and command line."""
