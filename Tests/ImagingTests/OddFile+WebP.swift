extension OddFile {
    static let webp: [OddFile] = [
        OddFile(
            "WebP, lossless, alpha",
            """
            UklGRs4AAABXRUJQVlA4TMIAAAAvBgABEBehJgCQBtxayI/+kTbUYBMAQBocevDZRf8MDvPFcGMbyVYbvIcO/pCS0X8LtO\
            Ekpd4GbCRJTiNmzO7/j1MkRWh2IEJMAfi9W2J/DLmu4t1LyelHhgHSX3Nftcd8HvwAtOW57t3rx0zV8Jxzyzn7+2ntZpbO\
            PqefEtIapaHm+DMkN6UCAVFaWfXT7cxanglHAqj4tf76Kxx3G78HDAIALBubbeuM6H8AqySjyLuSUwxr19bHvM7/vc8NjR\
            acYA==
            """,
            7, 5,
            """
            AgEAKAMGVAALeAMVrAMe0QUi+QIoBDkDKzoKVT4UejkYqD4i0jwq+j4yAnsJL3oRV3wden0nrXgs0Hwx+ns/B74WKrgdVr\
            omfLgrrLk21L4//74+AvsdLfohUPgofvwyr/471vs5+P1H
            """),
        OddFile(
            "WebP, animated",
            """
            UklGRlYBAABXRUJQVlA4WAoAAAACAAAABgAABAAAQU5JTQYAAAAAAAAAAABBTk1GjgAAAAAAAAAAAAYAAAQAACgAAAJWUD\
            ggdgAAAFABAJ0BKgcABQABQCYlsAAFjAAA/vTtf/2U//48f/447/9Of/piv//jav//f/+KdUfkf8VwWlf/xTqDf/4p1R/E\
            9uQ/emfHfXuBf//9aYPJRt//1b58bVH//cBg/+6/9f/v/+J/w+n/y7/tf+Df/tf/vkpyAABBTk1GlAAAAAAAAAAAAAYAAA\
            QAAFAAAABWUDggfAAAAFQBAJ0BKgcABQAAACYlsAAFjAAA/vSBf/2U//4uX/4qr/9Of/piv//ihX//f/+KdUfkf8XTDPX/\
            +LlXtf/4uVhX4V+tRMn4B5rDNvs6tIG6//+tMHko2//6e293m///uAwf/df+v/3//E/4fT/+hYf7X/g3/7X/75KwAAA=
            """,
            7, 5,
            """
            AAgAGQsAQg0GawkImw0UwQ8b3RIgEjoKKz4TVj4bfTwdrT0o1EEx70Q1EXYPKHgUU3see3ciqnkq0X4z7YA4E7AXLLQfWL\
            Upf7Mrr7Qz1bc78bxBI+4qPPEyZfM6ju8/vfFH5PZO//hS
            """),
    ]
}
