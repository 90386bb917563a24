extension OddFile {
    /// Pictures whose orientation stands in an XMP packet alone.
    static let orientedByXMP: [OddFile] = [
        OddFile(
            "PNG, orientation in XMP alone",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAAL2lUWHRYTUw6Y29tLmFkb2JlLnhtcAAAAAAAPHggdGlmZj\
            pPcmllbnRhdGlvbj0iNiIvPp/jYCkAAAB5SURBVHjaAW4Akf8A1Zgk71B3lPKScqOoX+oxyElXz6OsACeJGMau6MAPMHc/\
            Zn9IBgsP+P1TegCLz8ThJuhiR+5hEJK2MjbYXoZlYw0Anp0jHrZp/0JQ/c+3He/+NMS/K1drAK3gBVZOElDq03F17lvwoC\
            Jn58VcB4/BNWSKOiXtAAAAAElFTkSuQmCC
            """,
            5, 7,
            """
            reAFnp0ji8/EJ4kY1ZgkVk4SHrZp4Sboxq7o71B3UOrT/0JQYkfuwA8wlPKScXXu/c+3YRCSdz9mcqOoW/CgHe/+tjI2f0\
            gGX+oxImfnNMS/2F6GCw/4yElXxVwHK1drZWMN/VN6z6Os
            """),
        OddFile(
            "PNG, orientation in XMP after the pixels",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAAeUlEQVR42gFuAJH/AHMuVb+PXZPbTs5u+7J41vcEMo2X0w\
            BvAw4HZK+VYk1iqKecUZyTPt8RpnAADSS77Or7MabtlQDsKGwnRQOkgvBpAPEMVGZvC9u43QclaIEfYxPLKY413ACBIaS0\
            3EDjRIHikdRACaE70x+7M6QNYTK4Fmf3XgAAAC9pVFh0WE1MOmNvbS5hZG9iZS54bXAAAAAAADx4IHRpZmY6T3JpZW50YX\
            Rpb249IjQiLz416qiiAAAAAElFTkSuQmCC
            """,
            7, 5,
            """
            gSGktNxA40SB4pHUQAmhO9MfuzOk8QxUZm8L27jdByVogR9jE8spjjXcDSS77Or7MabtlQDsKGwnRQOkgvBpbwMOB2SvlW\
            JNYqinnFGckz7fEaZwcy5Vv49dk9tOzm77snjW9wQyjZfT
            """),
        OddFile(
            "JPEG, orientation in XMP alone",
            """
            /9j/4QBFaHR0cDovL25zLmFkb2JlLmNvbS94YXAvMS4wLwA8dGlmZjpPcmllbnRhdGlvbj44PC90aWZmOk9yaWVudGF0aW\
            9uPv/gABBKRklGAAEBAAABAAEAAP/bAEMACgcHCAcGCggICAsKCgsOGBAODQ0OHRUWERgjHyUkIh8iISYrNy8mKTQpISIw\
            QTE0OTs+Pj4lLkRJQzxINz0+O//bAEMBCgsLDg0OHBAQHDsoIig7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Ozs7Oz\
            s7Ozs7Ozs7Ozs7Ozs7Ozs7O//AABEIABAACAMBIgACEQEDEQH/xAAVAAEBAAAAAAAAAAAAAAAAAAAABf/EABQQAQAAAAAA\
            AAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8Agg\
            A//9k=
            """,
            16, 8,
            """
            W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1\
            tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tb\
            W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1\
            tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tb\
            W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1\
            tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tb
            """),
    ]
}
