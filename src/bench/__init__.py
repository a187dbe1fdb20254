"""What the bank's repository pattern costs, measured next to other layers."""
