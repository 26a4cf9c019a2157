"""The errors that a user of the command line meets; every text says what, where and what to do, in German."""


class Refused(ValueError):
    """An input cannot be used; nothing was kept or changed."""


class BuildError(RuntimeError):
    """The database could not be built; the published one stays."""


class FetchError(RuntimeError):
    """No delivery; the German text says what happened, where, and what to do."""
