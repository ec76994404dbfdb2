"""Prints the sales of each region."""

FIGURES = {"North": 1200, "South": 950, "East": 1430, "West": 780}

for region, sales in FIGURES.items():
    print(f"{region},{sales}")
