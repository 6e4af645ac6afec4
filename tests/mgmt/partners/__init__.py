"""Store-fronts of partners, judged by the partners' own clients."""
