extension OddFile {
    static let pnm: [OddFile] = [
        OddFile(
            "PNM, plain, 10 bits",
            """
            UDIgNwk1IDEwMDAKMjA2IAo1MDYgCjQwNiAKODI0IAo5MTkgCjgyMiAKNjMgCjMwNiAKMTc0IAo1MDkgCjUyNCAKOTk2IA\
            ozMTMgCjc0MiAKODQwIAo2IAo1OTAgCjkyOSAKMTc1IAo1MzUgCjIzNyAKOTY2IAo2NDEgCjI0IAo4NTggCjMzNyAKNzcz\
            IAo3MTIgCjgzMCAKNDY2IAo5MSAKMzU4IAo0MzEgCjM2OSAKOTY3Cg==
            """,
            7, 5,
            """
            //////////////////////////////////////////////////////////////////////////////////////////////\
            //////////////////////////////////////////////
            """),
        OddFile(
            "PNM, 15-bit greys",
            """
            UDUKIyBoaQo3IDUKMzI3NjcKDvZKM1iFIVdLpmEEU/QObBQ2OFQkBw/FAc41GWRlD3kbQmsObNtnK1a6HJgsGC5WVuAJ5k\
            3KCdA5xn8IQ+BIehb0DX1/uQ==
            """,
            7, 5,
            """
            //////////////////////////////////////////////////////////////////////////////////////////////\
            //////////////////////////////////////////////
            """),
        OddFile(
            "PNM, 16-bit colours",
            """
            UDYKIyBoaQo3IDUKNjU1MzUK1/nkf5xko31ugSxTNhS2TA2hFJScnAhdjiHntZbWuj3CO06tW2x/Qg6H03qYq9wQcnbC3d\
            5R5wxIyWMSXoXmyYzYkRthNqTFz1FfYONRgoWFzsTduO5HLDirjP3+egTQFCGmsxhVOQJLNrs7QinoEgXPB6PjQxfy+/tu\
            B31S+NoZ4UYpN5GYa64GU03EEFmZBJjVtfmzcLWpWDacqlHhZnnm4U3pcfQRuHXaLZ3lLSccAbFnhUNrPao/Y1VGURZjiO\
            08Av+wM3RKNUFUaIkqjQ3A
            """,
            7, 5,
            """
            1+Sco24sNrYOFJwIjueWusFOW38O05jbcsLd5kljXuaMkWGkz1/igoXEuEc4jP0FFKYYOUu7QucGCOIY+259+BpGN5itU8\
            NZBdX5cKk2quF54OnzuNmdLRyxhWuqY0YWiDz/M0pBaCoO
            """),
        OddFile(
            "PNM, plain bits",
            """
            UDEKNyA1CjAgMSAwIDEgMCAwIDEgMCAwIDAgMCAwIDEgMSAwIDAgMSAwIDEgMSAxIDEgMSAwIDEgMCAwIDEgMSAxIDAgMC\
            AwIDAgMAo=
            """,
            7, 5,
            """
            ////AAAA////AAAA////////AAAA////////////////////AAAAAAAA////////AAAA////AAAAAAAAAAAAAAAAAAAA//\
            //AAAA////////AAAAAAAAAAAA////////////////////
            """),
        OddFile(
            "PNM, bits",
            "UDQKNyA1CjY1rQiY",
            7, 5,
            """
            ////////AAAAAAAA////AAAAAAAA////////AAAAAAAA////AAAA////AAAA////AAAA////AAAAAAAA//////////////\
            //////AAAA////////AAAA////////AAAAAAAA////////
            """),
        OddFile(
            "PNM, comment between digits",
            "UDMgMiAxIDI1NQoxIDIjYwozIDQgIyB4CiA1IDYgNyA4",
            2, 1,
            "ARcEBQYH"),
        OddFile(
            "PNM, values above the largest",
            "UDUgMyAzIDEwMArIZf8AAWRjMk0=",
            3, 3,
            "////////////AAAAAwMD/////Pz8gICAxMTE"),
        OddFile(
            "PNM, plain value above the largest",
            "UDIgMyAxIDEwMAogMSAyIDEwMQ==",
            0, 0,
            ""),
        OddFile(
            "PNM, junk after plain bits",
            "UDEgMiAyCjAgMSAwIDEganVuaw==",
            0, 0,
            ""),
    ]
}
