"""What the numbers of the line are, and how they are drawn. Reads the store only, and knows no CRM."""
