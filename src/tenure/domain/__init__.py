"""The nouns: periods, sources, tables, findings, evaluations, decisions. Frozen values, no I/O."""
