"""Files that go with communications: taken in and looked at (`intake`), kept (`shelf`), or sent as links (`links`)."""
