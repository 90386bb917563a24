extension OddFile {
    static let png: [OddFile] = [
        OddFile(
            "PNG, 1 bit, interlaced",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAQAAAAHW5vvjAAAAHklEQVR4nGM+x1DO6MeyjjmBOYN5CuM9JjWmG4wTAULEBi\
            K32MxNAAAAAElFTkSuQmCC
            """,
            7, 5,
            """
            ////////////AAAAAAAAAAAAAAAA////////AAAA////////AAAAAAAAAAAA////////////////AAAAAAAA////AAAAAA\
            AA////AAAAAAAAAAAAAAAAAAAA////AAAA////AAAAAAAA
            """),
        OddFile(
            "PNG, 2-bit greys",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAgAAAADmQbGlAAAAF0lEQVR4nGNwDmcu12V0OsGwRIBFrwIAGwwDqzGKBi8AAA\
            AASUVORK5CYII=
            """,
            7, 5,
            """
            VVVVAAAAAAAA////VVVVVVVVVVVVqqqqVVVVqqqqAAAAqqqqqqqqVVVVVVVVAAAAAAAAqqqqAAAAAAAAqqqqqqqqqqqqVV\
            VVAAAAAAAAVVVVAAAA////VVVVAAAAqqqqqqqqAAAAqqqq
            """),
        OddFile(
            "PNG, 4-bit greys, interlaced",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAAAAAEeBnSTAAAAKUlEQVR4nGMOYXrBLMcwkdmbJe85S9BzpskfmLntmJfP/2\
            /PGPewKwMAoOMLYgjKA/YAAAAASUVORK5CYII=
            """,
            7, 5,
            """
            VVVVVVVVmZmZIiIi7u7uMzMzERERqqqqd3d3////IiIid3d3iIiId3d3ZmZm7u7u7u7uVVVVVVVVIiIiVVVVVVVV7u7uMz\
            Mz////zMzMmZmZMzMzERERd3d3mZmZ3d3d7u7umZmZMzMz
            """),
        OddFile(
            "PNG, 16-bit greys with a transparent one",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAAAAAD8YXVHAAAAAnRSTlMAAQGU/a4AAABWSURBVHicAUsAtP8C8eTnrdd28h\
            C9MOQoxFADW7MZUCn0BI1x0TW1UUwDV345WwZFM4gSk/w6WmIEY70mTBHLuggTb8Kvu58C3Rr9nL+MmFLXVVZKr4YWzCIL\
            WB9uVwAAAABJRU5ErkJggg==
            """,
            7, 5,
            """
            //////////////////////////////////////////////////////////////////////////////////////////////\
            //////////////////Z2dn////////////////////////
            """),
        OddFile(
            "PNG, 16-bit colours, interlaced",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAIAAAEhb41aAAAA6ElEQVR4nAHdACL/A6C42dwvfgCIv0NV52AEWhwp+NmS5O\
            l8OsMSAyCrR8F7VAzI081xFQJ1MaMoutveDSn17J8E0Hoo00p/iSW79eid4+UITvRfDv9dnFYPBNLOkiwSmFEm7MvRlFCj\
            Y3co7gK23Gl7H8THL99Hj8nrIqKoJIoEqoP9Kky6Q70NM+HI+CP2yR9mAYK4Prfxq96QOOjkgM50XC3hLH+TVc5jw2EoGQ\
            o8yivuENFOpgxtfX/cdAKS7uDNkCUXvcUz0DMdfcjkQy7Ud4+FjxcnRoXxT9nowGF1ba6O9T3lKlCORm7SwPXnuwAAAABJ\
            RU5ErkJggg==
            """,
            7, 5,
            """
            oNkv0pISIEd7I37jiEPnc+ELHPaugj7xYHbVLtK2rScZDkBVOVCjRc1/0ChKiPsxWeMy6l1yPOsmXoMvSkh8FB6BdzulS5\
            r5gbaoNcWkIbEQ0wqpWinZMvh9leo1y2pePqWcVnlO+h+a
            """),
        OddFile(
            "PNG, palette shorter than its indices",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAgMAAAD09B5LAAAABlBMVEV3uB6H8L+IKaVqAAAAF0lEQVR4nGOeeJlh4T8G1z\
            RGowWMGTsBLbYFp/tMNacAAAAASUVORK5CYII=
            """,
            7, 5,
            """
            AAAAh/C/d7geh/C/d7geh/C/AAAAAAAAAAAAd7geh/C/AAAAAAAAAAAAh/C/d7geh/C/h/C/h/C/AAAAh/C/d7geAAAAd7\
            geAAAAAAAAh/C/d7geh/C/AAAAAAAAd7ged7geAAAAd7ge
            """),
        OddFile(
            "PNG, palette with transparency",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAMAAAEMs9t9AAAAMFBMVEWGUiQ3+RCIo+kXkG2ycb2ncT3L6XiAuwQ5kOLNnQ\
            dKGlVnpNNviZjf4X3U7RePOBrRu7EaAAAAAnRSTlMAgJsrThgAAAApSURBVHicY5ZgtGN4zfSU+RDj/VMMd9oZ9zYxVE5k\
            aJz+jIUpya5dAgC3bwuMeypPdAAAAABJRU5ErkJggg==
            """,
            7, 5,
            """
            N/kQ3+F91O0Xb4mYF5BtOZDip3E9OZDiN/kQzZ0HgLsE1O0Xy+l4hlIk3+F9Z6TTjzga3+F9ShpVF5BtzZ0H1O0XF5Bt3+\
            F9p3E9y+l43+F9N/kQ1O0XgLsEF5BtzZ0HZ6TTzZ0HsnG9
            """),
        OddFile(
            "PNG, 8-bit grey and alpha",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAQAAAAjkz5TAAAAVklEQVR4nAFLALT/A7Fyj9e+WZUMsOfamu8SASW094oJew\
            cmRR4GS0KrAEMbMSeSR+f+zoaI6vGUAV95+8/HQiSR99TgDM8DAlLfjuVMwPCoqdnz/WfhPjwmq1SC/kcAAAAASUVORK5C\
            YII=
            """,
            7, 5,
            """
            sbGx5+fnMTExra2tBgYG3d3dXV1dJSUlHBwcJSUlLCwscXFxd3d3ubm5Q0NDMTExkpKS5+fnzs7OiIiI8fHxX19fWlpaIS\
            EhRUVFPDw8HBwc6+vrsbGx6OjobW1tNTU15eXlDw8PUlJS
            """),
        OddFile(
            "PNG, 16-bit colour and alpha",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAYAAADZCiqbAAABKElEQVR4nAEdAeL+BOS3pmYkOZtlIBy4YrWIkIzbCnCf6Z\
            HFlF+nfnj8MQ3hKfO3LQrmBRuiifQjKsDT0NrypmaclDhDA4UghRv0yCqlnaXr+owittjCi+hY/I3WnjzQcr9keeH61jAJ\
            XfU1AZEo2WlKNsZ2V94WF4vvniScAckzPbbBlJI+P7ktRWBMBQ2VLvrhDerwtq7R5GOi993rplY3mfiwQwGOTawc7d3QSR\
            VOwCI1vqveA1OW2JkejsN3VR7qIIb7Z86yjIo9eP6SXTpJGzXUrCJkLjyqCFhRAargqOsg0jx71qX8iCAoBqQ0AuiJKRoO\
            2qvEN3zQSRYw5IR2MPfjd1H/pzJLlX3DDTvi4dUifmse5McJK6DMtNOJGcunnpi1xN8GNmuQh3MOG5kAAAAASUVORK5CYI\
            I=
            """,
            7, 5,
            """
            5KYkBF7Z387CPky+ZwPICffy452O99gGGob7PpLaeuEwRntxTyLnd3apyT3BCGohnWQuS0jQ8X/Ifyu1lOvqt/Z+tJrVWg\
            n5jEO47AsYlQY4OQC5nx+M62rr0ABwvth7zS2DnqbsBJ5u
            """),
        OddFile(
            "PNG, unknown critical chunk",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAAAAACoWZBhAAAAB1paWnphYmMAZGVmwKa4kwAAABZJREFUeJxjYGBkYmZhZW\
            Pn4GSgPRMAXeMBw/47QfwAAAAASUVORK5CYII=
            """,
            10, 10,
            """
            AAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAw\
            MDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYG\
            BwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAA\
            AAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMD\
            BAQEBQUFBgYGBwcHCAgICQkJ
            """),
        OddFile(
            "PNG, wrong checksum of pixels",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAAAAACoWZBhAAAAFklEQVR4nGNgYGRiZmFlY+fgZKA9EwBd4wHDYWJjZAAAAA\
            BJRU5ErkJggg==
            """,
            10, 10,
            """
            AAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAw\
            MDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYG\
            BwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAA\
            AAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMD\
            BAQEBQUFBgYGBwcHCAgICQkJ
            """),
        OddFile(
            "PNG, wrong checksum of a text",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAAAAACoWZBhAAAAB3RFWHRhYmMAZGVmenp6egAAABZJREFUeJxjYGBkYmZhZW\
            Pn4GSgPRMAXeMBw/47QfwAAAAASUVORK5CYII=
            """,
            0, 0,
            ""),
        OddFile(
            "PNG, cut after its last row",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAAAAACoWZBhAAAAFklEQVR4nGNgYGRiZmFlY+fgZKA9EwA=
            """,
            10, 10,
            """
            AAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAw\
            MDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYG\
            BwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAA\
            AAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJAAAAAQEBAgICAwMD\
            BAQEBQUFBgYGBwcHCAgICQkJ
            """),
        OddFile(
            "PNG, cut in a text after the pixels",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAAAAACoWZBhAAAAFklEQVR4nGNgYGRiZmFlY+fgZKA9EwBd4wHD/jtB/AAAAA\
            d0RVh0YWJjAA==
            """,
            0, 0,
            ""),
    ]
}
