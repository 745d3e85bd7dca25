"""Pictures of a registry's graph: in the terminal, as Mermaid, DOT and JSON. Pure: a Registry in, text out."""
