"""Types of columns, statements and bulk copies that several subjects use."""
