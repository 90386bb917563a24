extension OddFile {
    static let bmp: [OddFile] = [
        OddFile(
            "BMP, OS/2, 4 bits",
            """
            Qk1eAAAAAAAAAEoAAAAMAAAABwAFAAEABADNrTO2J9nVsZ3674AjfM3KlHN+xMylsBvisD5fbPz1YqDdFdeRyyYOgzPxOX\
            GeK4aMdyRDYY74r9/3urId6p6uRb7VtA==
            """,
            7, 5,
            """
            zXwjc5TK1xXdcTnxM4MOc5TK1xXd2Se2M4MOcTnxoGL1/GxfcTnxoGL1M4MOhiuehiueG7Cl1xXdoGL11xXdzMR+2Se2Pr\
            DicTnxhiuePrDioGL1PrDiJsuRG7ClG7ClnbHVzXwjzXwj
            """),
        OddFile(
            "BMP, 1 bit, top-down, long header",
            """
            Qk2mAAAAAAAAAJIAAAB8AAAABwAAAPv///8BAAEAAAAAABQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAUbb5\
            mc7biSjltGmn9e31Lpq4+/3qLQ0C6BD9qQ==
            """,
            7, 5,
            """
            idvOidvOidvO+bZR+bZRidvO+bZRidvOidvOidvOidvO+bZRidvO+bZRidvO+bZR+bZRidvOidvO+bZRidvOidvOidvOid\
            vO+bZRidvO+bZRidvOidvOidvOidvO+bZRidvO+bZR+bZR
            """),
        OddFile(
            "BMP, masks, 32 bits",
            """
            Qk3SAAAAAAAAAEYAAAA4AAAABwAAAAUAAAABACAAAwAAAIwAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/wD/AAD/AAAAAAAAAB\
            1EM5ldZ3G+a1tgAtzZWyasMt+2WgJ6/P+8Tz4bE+a9sk2oauU2Mb0Jb5Uh6KYUJLW/A0R7dfPrw3c2jAyND1vK5usW4qvj\
            s19ZeYQ8hgyUVS0vRcSksLkWag+ui0599L7nnd0k7VrO+rUUto5AaXpYfS5o1XzrVORGkzpWaqKbrFsz/qj19zQwoHf1
            """,
            7, 5,
            """
            aH1YVHzVOkbkm2pW/lusNPWo9aAwuaTErmoW9E6L3ee+zu0ktrX6ekCOjHfDW40MFubKs6vihFlflIY8RS1VvRMbak2yvT\
            blIW8JJKboRL+163V7mUQdvmddAltrJtnctjKs/AJaPrz/
            """),
        OddFile(
            "BMP, masks, 5-6-5",
            """
            Qk2SAAAAAAAAAEIAAAAoAAAABwAAAAUAAAABABAAAwAAAFAAAAAAAAAAAAAAAAAAAAAAAAAAAPgAAOAHAAAfAAAAJD795y\
            DptEKLXaKvW3zLnHfR1NPGKNY6x/ZTmq/bUPI4soxjgY/cjYoqvYc/cxev7wCyOkNrq6vKLGRJFjnUMvPlYLf9pR8orfMb\
            DJ3ktH8=
            """,
            7, 5,
            """
            5r6ctO4ApL7uKQD/9nVqCIHe5pHuABx7OVWUamkYrHVaKZlSSiwgOSC0tETFYnFii/IIi7rmKVBSg/buc2X/1Sy91XmkKR\
            gxOVm09to5nEic3nV7OcYg5v/u7iQAQVWkWrJarPYQe4ne
            """),
        OddFile(
            "BMP, masks of another layout",
            """
            Qk2SAAAAAAAAAEIAAAAoAAAABwAAAAUAAAABABAAAwAAAFAAAAAAAAAAAAAAAAAAAAAAAAAAAA8AAPAAAAAPAAAAnbH01j\
            5B7Q64//16xTBUm8M93rtRUzAIJLjZARX6wzHhiACx9VM8FnPwc+k3doSUyNzOp8Fj7rimbrW3VuqeQc99vDrf6hlrYrs8\
            2lFi7j0=
            """,
            0, 0,
            ""),
        OddFile(
            "BMP, 16 bits",
            """
            Qk2GAAAAAAAAADYAAAAoAAAABwAAAPv///8BABAAAAAAAFAAAAAAAAAAAAAAAAAAAAAAAAAAFpwxbwpx0wbJaDVOP427/Y\
            26lxOrZ4CX9u7FEQR8wyJCAUWpr/QzewVfEAuPsCUJ4HZR1eLmRflmpJbjb5cl7OMwOmTSGv1kQUE23bx9Zf8=
            """,
            7, 5,
            """
            OQC03s2L5kFSCLSc1TFKnIusGEr/c6RqIOa9ze5aKeYA3r20IHMp/wAgAFIQUlIp7il79s2cvcUpEMWDYiB77r0ArFKLzb\
            0Q9lIpShgxxea0Kd57YjkYzQjVMbSUzTnug1IIvUq0/2rm
            """),
        OddFile(
            "BMP, 8-bit runs",
            """
            Qk2iAAAAAAAAAHYAAAAoAAAABwAAAAUAAAABAAgAAQAAACwAAAAAAAAAAAAAABAAAAAAAAAA/+QiefO9BoNmqFLBu5ZR88\
            0Y7Aj2pOck0m+s0q6w2vKpcs0/oC/UT0hweN5FH19sJG3uRTNR5NPKOspBTEbBaAdCAAAAB4R3YvDzy00AAAAHxwAAAZoA\
            BfLG2srjAAACAQAAAAP9BJoAAAAB
            """,
            7, 5,
            """
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIuT/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
            """),
        OddFile(
            "BMP, 8-bit runs cut off",
            """
            Qk2iAAAAAAAAAHYAAAAoAAAABwAAAAUAAAABAAgAAQAAACwAAAAAAAAAAAAAABAAAAAAAAAA/+QiefO9BoNmqFLBu5ZR88\
            0Y7Aj2pOck0m+s0q6w2vKpcs0/oC/UT0hweN5FH19sJG3uRTNR5NPKOspBTEbBaAdCAAAAB4R3YvDzy00AAAAHxwAAAZoA\
            BQ==
            """,
            0, 0,
            ""),
        OddFile(
            "BMP, 4-bit runs",
            """
            Qk2gAAAAAAAAAHYAAAAoAAAABwAAAAUAAAABAAQAAgAAACoAAAAAAAAAAAAAABAAAAAAAAAA/+QiefO9BoNmqFLBu5ZR88\
            0Y7Aj2pOck0m+s0q6w2vKpcs0/oC/UT0hweN5FH19sJG3uRTNR5NPKOspBTEbBaAACAwAEVgAAAAWAbBIAAAICAAAAAAe+\
            44kSAAAGwgFUAAABWgO4AAAAAQ==
            """,
            7, 5,
            """
            56T2Xx9FzXKpXx9FIuT/IuT/IuT/7m0kUqhm7m0kUqhm7m0kUqhm56T2Xx9FyjrKyjrKUZa7zXKp1C+gBr3zzXKpIuT/rG\
            /S7m0kBr3zIuT/IuT/IuT/IuT/IuT/56T2rG/S56T2rG/S
            """),
        OddFile(
            "BMP, one grey colour of two",
            """
            Qk1OAAAAAAAAADoAAAAoAAAABwAAAAUAAAABAAEAAAAAABQAAAAAAAAAAAAAAAEAAAAAAAAAAAAAACr60aQCLLKMYgLzFT\
            IdDgc1Mpfd
            """,
            7, 5,
            """
            AAAAAAAA////////AAAA////AAAAAAAAAAAA////////AAAAAAAA////AAAA////////AAAAAAAAAAAA////AAAAAAAAAA\
            AAAAAAAAAAAAAA////AAAAAAAA////AAAA////AAAA////
            """),
        OddFile(
            "BMP, greys beyond a grey palette",
            """
            Qk2uAAAAAAAAAIYAAAAoAAAABwAAAAUAAAABAAgAAAAAACgAAAAAAAAAAAAAABQAAAAAAAAAAAAAAAEBAQACAgIAAwMDAA\
            QEBAAFBQUABgYGAAcHBwAICAgACQkJAAoKCgALCwsADAwMAA0NDQAODg4ADw8PABAQEAAREREAEhISABMTEwAuPObApJx/\
            1prCw4lImUrROkxpVArV4nOodtbJRRm5HyQtnk0uDNof
            """,
            7, 5,
            """
            JCQkLS0tnp6eTU1NLi4uDAwM2traqKiodnZ21tbWycnJRUVFGRkZubm5Ojo6TExMaWlpVFRUCgoK1dXV4uLimpqawsLCw8\
            PDiYmJSEhImZmZSkpKLi4uPDw85ubmwMDApKSknJycf39/
            """),
    ]
}
