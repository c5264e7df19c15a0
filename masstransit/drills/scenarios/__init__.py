"""The drills, a file a clause. They know neither the clauses nor their figures: they only tell what people do."""
