extension OddFile {
    /// Pictures with an EXIF orientation, written by Pillow, and what `ImageOps.exif_transpose` makes of
    /// them.
    static let oriented: [OddFile] = [
        OddFile(
            "PNG, orientation 1",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEAAQAAAAAAABPAde\
            cAAAA7SURBVHicATAAz/8AqOW4q+6rFM71mcwFJTXVAc7ArTi4klp0RBYY1Ct48AAqSe0QwvoKZ84NjwImR4VXthZaUn8z\
            SAAAAABJRU5ErkJggg==
            """,
            5, 3,
            "qOW4q+6rFM71mcwFJTXVzsCtBng/YOyDdgRXoXxHKkntEML6CmfODY8CJkeF"),
        OddFile(
            "PNG, orientation 2",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEAAgAAAAAAACIob3\
            oAAAA7SURBVHicATAAz/8BxCM5zg96/zYbpCVTgJp2AQu0ijdMGyB7Zy49DJbJ6QK/S8v05IsdLvUXtd/qP03MuhS5iC6b\
            PQAAAABJRU5ErkJggg==
            """,
            5, 3,
            "tSeXNY0hkWjOkjKzxCM5JoEBkLgYYnsMQgClC7SKEMBOp233f6kBNuQwyv9V"),
        OddFile(
            "PNG, orientation 3",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEAAwAAAAAAAIRfZM\
            4AAAA5SURBVHicY9y71aE7uFIgnc3oS8uyh4pMNn0vzFUzbser+X/6NMdEiVH+Bl/CCf5AxvApm5STfMUA5JMS6wpnFmMA\
            AAAASUVORK5CYII=
            """,
            5, 3,
            "xqCtZFOX0KF0f6AdH9gOzHiG2VU1M87lfy0h+UMoMERkimNDWG+/SAi5vbVA"),
        OddFile(
            "PNG, orientation 4",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABAAAAAAAAEH4Wk\
            AAAAA7SURBVHicATAAz/8Bfjl2LDINkUKxUAh1tA/nAA+KiYf1D4w7jvyMTOcz2gRuuw7uAk1IlqLldqn3/KLMOxXwXCWe\
            wwAAAABJRU5ErkJggg==
            """,
            5, 3,
            "fUWXdYxcvdEw4UfZ2C98D4qJh/UPjDuO/IxM5zPafjl2qmuDO600i7WpP8SQ"),
        OddFile(
            "PNG, orientation 5",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABQAAAAAAAOePUf\
            QAAAA7SURBVHicATAAz/8ALVi4X0jX3q0kkksfvh6+Ad6+S3GZtDzaO/rYJwZ+twReJ+kv8uM3Ag4dQVyVx/sS5xX6dKi2\
            kgAAAABJRU5ErkJggg==
            """,
            3, 5,
            "LVi43r5LPOU0X0jXT1f/a0ni3q0kizE6wjNIkksfhQlh30q9vh6+i4cYdE5c"),
        OddFile(
            "PNG, orientation 6",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABgAAAAAAANZnS2\
            kAAAA7SURBVHicATAAz/8AuF00x/NtHrXNwl7FWZ9OAkgQ++oWjVcns01PB/zVGwDJb5Trae67YAg0ErUph+8sSxapKRWM\
            9QAAAABJRU5ErkJggg==
            """,
            3, 5,
            "yW+UAG0vuF0062nusQn6x/Ntu2AIddyAHrXNNBK1D63Mwl7FKYfvVXRpWZ9O"),
        OddFile(
            "PNG, orientation 7",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABwAAAAAAAHAQQN\
            0AAAA7SURBVHicATAAz/8A4uuCS8AgZM7pWzknBgEDBG9fTB3UAPwJPVVcyuxRvgHRsrw9q9g1bD8v4K31gunwQhYe7siJ\
            nAAAAABJRU5ErkJggg==
            """,
            3, 5,
            "ZytpR4quBgEDcqmAsIPwWzknQ8nTZCcmZM7pDl2UaB6CS8Ag0bK8UUrO4uuC"),
        OddFile(
            "PNG, orientation 8",
            """
            iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEACAAAAAAAAIZYMD\
            QAAAA7SURBVHicATAAz/8B1tO+9qYQfsM6iAwHZiDOAFHylWAllefEzA1AAYWxNwHPgSNn4SdWEFj1YsUqI4EeQhUu7TBU\
            PgAAAABJRU5ErkJggg==
            """,
            3, 5,
            "OGjdhbE3q/fo0kgPDUABgdRnSjwI58TMjHKizHnOYCWVNmJK1tO+UfKVz4Ej"),
        OddFile(
            "JPEG, orientation 7, big-endian",
            """
            /9j/4AAQSkZJRgABAQAAAQABAAD/4QA0RXhpZgAATU0AKgAAAAgAAgEPAAIAAAAGAAAAJgESAAMAAAABAAcAAAAAAABtYW\
            tlcgD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+\
            gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fH\
            z/wAARCAAQABgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQA\
            AAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVF\
            VWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW\
            19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBA\
            cFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZH\
            SElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyM\
            nK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDnLeHpxWrbw9OKit4enFatvD04qWb18ISW8PTi\
            itC3h6cUVkzx54TU/9k=
            """,
            16, 24,
            """
            3OjA0+S6yN+zvd6vseCspOGokd+hf+Cbb+OYXuOSTOKLPuOHMuSEJ+SAHN95E9pz2OC7z9u1xNauudaqrdenn9ijjdecfN\
            iXa9uTWtqNR9mGOtqCLtt/I9t7GNZ0ENJv1NWzy9GtwMymtcyiqc2fnM6bic2UeMyOadCLVtCFRM9+NtB6KtF3H9FzFMxs\
            C8dm08yvy8ipwMSjtMKeqsWcm8WXicOQd8WLZ8eHVceBRMd7Ncd2K8l0H8dvFMNoDL9j1MaszcGnwr2gtrubqr6Zm76Uir\
            6Oeb6IaMCEWMF/Rr94N79zK8JxIcBsFrxmDrhg07+ny7mhwLSatbSWqLaTm7ePiLaId7WCabh/Vrl5RLdyNrhuKbprILln\
            FbRgDLBazrOgxrCbu6uUsKqQpayNl62JhauCcqx8Y614U65zP65sMa9oJrBlG69hD6taB6ZU0KicyKSWu6CPsZ+LpqCImK\
            GEhqB9c6B3ZaN0U6NuQKJnMqNjJ6RgHKRcD6BVCJpP152cz5eWxJOPuZKLrpOInpWEjJR9e5R3bZZ0WpduSJVnOpZjL5hg\
            JJdcGJJVEI5P2JGX0YyRxYeKuoeGromDoIp/joh4fYlzbYtvXItpSYpiPIteL41bJYxXGodQEoNL1IePy4KJwH6CtX1+qn\
            57nH93iH9wd39qaIJnVoJhRIBaNoFWK4NTIIJPFX1IDHlC0n+JynqDv3Z9s3V4qXd2mndxh3dqdndlZnphVXpbQ3lVNXlQ\
            KnxOHnpJE3VCC3I903iHzHSCwW97tW52qXF0mnFviXBpeHBjZ3NfV3NaRXJTNnJOKnVMIHNHFm9BDWo71W+EzGt+wWZ3tm\
            ZzqmdwnGhsimdleGdfaWpcWGlWRmhPN2pLK2tIIGtEFWY9DmE302N7zF92wFpvtVprqVtom1xkiVtdeFtXZ11TVl9ORF1H\
            Nl5DKmBAIV48FFo1C1Yv1Vh4zFNywU5rtk5nq09knVBgi09ZeE9TaFNQV1NKRVFDN1I/LFQ8IVM4Fk4xDUor1Exwy0hqwU\
            RktUJfq0VdnEVYikNReURMaUdIVkdCRUc8Nkc3LEk1IEgwFUMpDT8k10Jszj1mwTlfuDhbrDlYnjpUjDlNeTlHaj1EWTw+\
            Rjs3OTwzLT0wIj0sFjklDjQf0zVlzTFgwC1ZtCxUqi5Smy5NiS1GeC1BaDA9VjE4RDAxNTAsKzIqIDAlFCweDCgZ1S1gzC\
            hawSNTtiNPqyRMnSVIiyRBeSQ7aic4VygyRSYrNycnLCkkISggFiMZDR8T1yZdziFXwxxQuBxMrB1Jnx5FjB0+eh04aiE1\
            WSAvRx8oOSAkLSEhIiEdFxwWDhgQ1R5XzRpSwhVLthRGrBZEnRY/ixU4ehUzahgvWBkqRhgjNxgeLRocIRkXFRQQDhAL0B\
            RRxw9LvApEsQpApQs9mAw5hQsydAssZA4pUw4jQA0cMg4YJg8VGw8REAoKBwYEygxKwghFtwQ+qwI5oQQ3kgQygQQscAQm\
            XwYiTwcdOwYWLAYRIgkPFgcKDAMEAwAA
            """),
        OddFile(
            "WebP, orientation 5",
            """
            UklGRrIAAABXRUJQVlA4WAoAAAAIAAAABAAAAgAAVlA4THEAAAAvBIAAAHegKJKk5nnJRHJwTk4FkvCAregBjCgNAKRpzM\
            SH/MUxRK8wbZNdi5LYViXF4NYKSCRVaUAkLDn+4uY/3vu3rbnN+AkO+IXc5qp+eYf6J3ocKA1QZOjRoKiNFGgvB7jkj0oU\
            4ABJEf2PbdXlBwBFWElGGgAAAE1NACoAAAAIAAEBEgADAAAAAQAFAAAAAAAA
            """,
            3, 5,
            "vumf7mwaTdgcxFCmC9/VHgp0uAMLrfgVnm4tgVVQg3PRXqZJ88Ln13Mf+vr5"),
    ]
}
