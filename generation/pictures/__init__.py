"""Pictures that artists bring: looked at from outside (`checking`), decoded in a process of their own (`decode`)."""
