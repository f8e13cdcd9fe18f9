"""Text into keys: references, sequences, lists and cues found in a label."""
