"""gold tables, registry → what a page shows, as values: nothing here draws."""
