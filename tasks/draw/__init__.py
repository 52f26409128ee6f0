"""双随机: the random draw of units and inspectors, which anybody can repeat."""
