"""Customer lifetime value: purchase histories, purchase and spend models, predictive value, validation.

Modules: `summary` (orders to x, t_x, T), `nbd`, `bg_nbd`, `mbg_nbd`, `pareto_nbd` (one purchase model each),
`purchase` (build and fit any of them), `spend` (Gamma-Gamma), `simulate` (predictive paths),
`value` (paths to money, per customer and for the base), `validate` (hold-out scores). Discrete occasions: `bg_bb`.
Contracts: `contract` (subscriptions to renewals), `sbg`, `bdw` (one renewal model each), `renewal` (build and fit
either, survival, lifetimes), `renewal_scores` (hold-out), `renewal_value` (money, one point of retention).
"""
