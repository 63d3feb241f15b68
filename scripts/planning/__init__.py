"""What the templates can carry and what they cost: pure functions over the built templates."""
