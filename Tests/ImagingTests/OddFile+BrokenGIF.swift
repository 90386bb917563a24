extension OddFile {
    /// What fuzzers and careless programs make, by kind.
    static let brokenGIF: [OddFile] = [
        OddFile(
            "GIF, cut after its last pixel",
            """
            R0lGODlhBwAFAIIAACe/u/Ur9lZouPsLFy3iu+sK3JZrEc9nQSwAAAAABwAFAAADFgh2hDc2eDOAdRRYUIAhQ3hDhxAlSE\
            A=
            """,
            7, 5,
            """
            J7+7lmsRz2dBLeK7z2dB+wsXlmsR+wsXz2dB+wsX+wsXJ7+76wrcz2dBLeK79Sv26wrcJ7+76wrcJ7+79Sv2Vmi4+wsXLe\
            K7z2dB+wsXLeK7z2dBJ7+79Sv26wrcVmi4LeK7J7+7LeK7
            """),
        OddFile(
            "GIF, an impossible code",
            """
            R0lGODlhBwAFAIIAAHEJGf384gF4VttfJkw9OIE+tWAsuj7cViwAAAAABwAFAAADHXg3gWMjGI5wd2hihxd0SCGDZBAINI\
            InQngHgWQDADs=
            """,
            0, 0,
            ""),
        OddFile(
            "GIF, a code before its string",
            """
            R0lGODlhBwAFAIIAAHi1g7Wx4DHMJ5FdJnxR6+vFgL+wzh4FjywAAAAABwAFAAADF7hoBoNxA1gGgBQDeHOAQhQIFYYjEj\
            hDADs=
            """,
            0, 0,
            ""),
        OddFile(
            "GIF, an end before the last pixel",
            """
            R0lGODlhBwAFAIIAANyl5gpWafMCAVfneBee33NImCTRK8inICwAAAAABwAFAAADDRg0gxREeGeGVnZYF5IAOw==
            """,
            0, 0,
            ""),
        OddFile(
            "GIF, codes of one bit",
            "R0lGODlhBwAFAIIAAJN/OxWBhZqz8fGRzNH1XHK/887rLEYuQywAAAAABwAFAAAACVVVVVVVVVVVVQA7",
            7, 5,
            """
            k387k387k387k387k387k387k387k387k387k387k387k387k387k387k387k387k387k387k387k387k387k387k387k3\
            87k387k387k387k387k387k387k387k387k387k387k387
            """),
        OddFile(
            "GIF, a stray byte and an empty extension",
            """
            R0lGODlhBwAFAIIAADsdXb0JPvZceJWf4eN+L6yhCWg2DH3wdHgh/gAh+QQBAAACACwAAAAABwAFAAADF0gTgQUzOFKFQX\
            dYI4QxYjhVg3ZDGDcJADs=
            """,
            7, 5,
            """
            434vlZ/hvQk+vQk+rKEJOx1dlZ/hlZ/hlZ/h9lx4rKEJrKEJvQk+434vffB0ffB0rKEJlZ/h9lx4434vvQk+lZ/h9lx4aD\
            YMlZ/hrKEJrKEJlZ/haDYMffB0lZ/h434vvQk+ffB0lZ/h
            """),
    ]
}
