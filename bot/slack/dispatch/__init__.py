"""The door in front of every listener: who asks, may they, and how they are answered."""
