"""Training rows → how categories and texts become numbers, where one 0/1 column each is not what is wanted.

``policy``: what the project file says. ``hashed``, ``target``, ``embedded``: what each method learns, and
for ``target`` what the training rows themselves are given, which is not what later rows are given.
"""
