extension OddFile {
    /// What fuzzers and careless programs make, by kind.
    static let brokenBMP: [OddFile] = [
        OddFile(
            "BMP of 4 bits with 1 black colour",
            """
            Qk1OAAAAAAAAADoAAAAoAAAABwAAAAUAAAABAAQAAAAAABQAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAPpoYw1TtrZj/duHpC\
            CIFX6b4CH6
            """,
            7, 5,
            """
            ////AAAAAAAA////////AAAA////AAAAAAAA////AAAAAAAAAAAAAAAA////////////////////////AAAAAAAA////AA\
            AA////AAAAAAAA////////////////////////AAAA////
            """),
        OddFile(
            "BMP of 8 bits with 1 black colour",
            """
            Qk1iAAAAAAAAADoAAAAoAAAABwAAAAUAAAABAAgAAAAAACgAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAimDzf0Kn1H7a0Rfg\
            cE02AwsFVpG5UN1Di1a6ncU6LtLVm3aGFb+94=
            """,
            7, 5,
            """
            AAAAAAAA////AAAA////////AAAAAAAAAAAA////////////AAAAAAAAAAAAAAAA////////AAAAAAAAAAAA//////////\
            //AAAA////////AAAAAAAAAAAAAAAAAAAA////AAAAAAAA
            """),
        OddFile(
            "BMP of 8 bits in black and white",
            """
            Qk1mAAAAAAAAAD4AAAAoAAAABwAAAAUAAAABAAgAAAAAACgAAAAAAAAAAAAAAAIAAAAAAAAAAAAAAP///wCgKAtj5OGX3B\
            RYjHiTdWVKyDkPMWdoU2rPO6EEWybIBoT2Jy7Zwapj
            """,
            7, 5,
            """
            ////AAAAAAAAAAAAAAAA////AAAA////////AAAAAAAA////////////////////AAAAAAAA////AAAAAAAAAAAAAAAAAA\
            AA////AAAA////AAAA////AAAA////AAAAAAAAAAAAAAAA
            """),
        OddFile(
            "BMP of 4 bits in greys",
            """
            Qk2KAAAAAAAAAHYAAAAoAAAABwAAAAUAAAABAAQAAAAAABQAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAEBAQACAgIAAwMDAA\
            QEBAAFBQUABgYGAAcHBwAICAgACQkJAAoKCgALCwsADAwMAA0NDQAODg4ADw8PAJvqmUCyJmLq2s0krWzrT/YFO5Rv
            """,
            0, 0,
            ""),
        OddFile(
            "BMP of 4 bits in greys, narrow",
            """
            Qk2KAAAAAAAAAHYAAAAoAAAABAAAAAUAAAABAAQAAAAAABQAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAEBAQACAgIAAwMDAA\
            QEBAAFBQUABgYGAAcHBwAICAgACQkJAAoKCgALCwsADAwMAA0NDQAODg4ADw8PAI9gc2wVRKAAAJkkgKrbFenueOxx
            """,
            4, 5,
            "7u7ueHh47OzscXFxqqqq29vbFRUV6enpAAAAmZmZJCQkgICAFRUVREREoKCgAAAAj4+PYGBgc3NzbGxs"),
        OddFile(
            "BMP, run-length coded with 1 black colour",
            """
            Qk1YAAAAAAAAADoAAAAoAAAABwAAAAUAAAABAAgAAQAAAB4AAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAMABAkAAAMABAkAAA\
            MABAkAAAMABAkAAAMABAkAAA==
            """,
            7, 5,
            """
            AAAAAAAAAAAA////////////////AAAAAAAAAAAA////////////////AAAAAAAAAAAA////////////////AAAAAAAAAA\
            AA////////////////AAAAAAAAAAAA////////////////
            """),
    ]
}
