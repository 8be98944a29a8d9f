"""A humanoid that reaches with its arms, by plans, while its policy balances it on its legs."""
