"""Care: plans of acts for single customers, gifts, activities, packages made to fit."""
