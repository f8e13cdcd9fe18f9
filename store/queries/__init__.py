"""Reading for Home, history, figures and exports."""
