"""Customer lifetime value: purchase histories, purchase, spend and renewal models, predictive value, hold-out scores."""
