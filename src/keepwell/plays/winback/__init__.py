"""Win-back: cases of customers who leave or have left, from the warning to the time after they came back."""
