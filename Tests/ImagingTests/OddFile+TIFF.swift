extension OddFile {
    static let tiff: [OddFile] = [
        OddFile(
            "TIFF, 12-bit greys",
            """
            SUkqAEAAAADzFhMFMeYXwEWX4A9N3shHdvyMf8d5NXxNpu8d15cR+wA1xb90Ki/23iOUF2TVi7kKoQtL3NeNAAkAAAEDAA\
            EAAAAHAAAAAQEDAAEAAAAFAAAAAgEDAAEAAAAMAAAAAwEDAAEAAAABAAAABgEDAAEAAAABAAAAEQEEAAEAAAAIAAAAFQED\
            AAEAAAABAAAAFgEDAAEAAAAFAAAAFwEEAAEAAAA3AAAAAAAAAA==
            """,
            7, 5,
            """
            ////////U1NT////////RUVF////9PT0//////////////////////////////////////////////////////////////\
            //////////////////////////////////tLS0////////
            """),
        OddFile(
            "TIFF, 16-bit colours divided by their alpha",
            """
            TU0AKgAAASCQYJbW8PZNpVwZ3EA6+0u4jMO7aTrd59Uc0oz/MSUpSBEXVHitiRg3w2BKsag4q6ObrjTY0xIYztu/F/piIr\
            P2VWQY5ZfLiCZwEM4KZUVye7BxUlhHGQzlyoUDzNosN2w6IFeTbZvpllyeEORiBUUG2oReff7dZ6wxLftzS2RJ6+GJVvMl\
            06rTXinkdsl0seKGscIS2wwNqR42okRtg9w+XnbyrbCHvcTdJXPj4FAwNqqjJd90bc7UoLqDUCJIDhBEfpnFWStT08Bb63\
            XxJR0qJ9dMJTGiCWAhatXBosAVUSYwEAjFdvuwwnaFvvjiti18NHiPOQtxZcH3T4B9uH0B6yl1on7aMkP1AOyNtgfTa+4P\
            Hpx3px0bAAoBAAADAAAAAQAHAAABAQADAAAAAQAFAAABAgADAAAABAAAAZ4BAwADAAAAAQABAAABBgADAAAAAQACAAABEQ\
            AEAAAAAQAAAAgBFQADAAAAAQAEAAABFgADAAAAAQAFAAABFwAEAAAAAQAAARgBUgADAAAAAQABAAAAAAAAABAAEAAQABA=
            """,
            7, 5,
            """
            ///////Fms5Arv//tP///276/////yCLny3/+v/h/////w3/P193/zv//+j/q////4E3h///////Irt+fv/t////0i2P//\
            //0P//////////////JhDI/7r///+A/6H////////b////
            """),
        OddFile(
            "TIFF, 16-bit colours",
            """
            SUkqANoAAADKVThdLcUWohoCcMQlfGNholNFBhDdrLly3jWBTcNjp3NTzChP4GRuKmgo4na3CN7RV/tQaJvToWpuihXTI2\
            7PkmykROnbf1dAdC/3Gukti4CJ4d89g0AyhPMNwukbA/+s0r4TYV5DPsDxkSX7EMJBS2eiT6eVvBLa7tTlnGL/Qah/0us5\
            ZFzDdeAoLC4nqbJIlgTGRrrwIGrwNCGbKlFgtzmXESiBwWt2CNZ6Vmg8qonBdJKxwrd0L2RlOKgQJpbKfoN095H11q+p3L\
            KtLPq57+8JAAABAwABAAAABwAAAAEBAwABAAAABQAAAAIBAwADAAAATAEAAAMBAwABAAAAAQAAAAYBAwABAAAAAgAAABEB\
            BAABAAAACAAAABUBAwABAAAAAwAAABYBAwABAAAABQAAABcBBAABAAAA0gAAAAAAAAAQABAAEAA=
            """,
            7, 5,
            """
            VV3FogLEfGFTBt253oHDp1Mo4G5o4rfeV1CboW4VI89sRNtXdPfpi4nfgzLzwhv/0hNePvElEEFnT5US7uViQX/rZMPgLC\
            eylsa6IPAhKmA5EYFrCHpoqsGSwnRkOBCWfnSR1qmyLLnv
            """),
        OddFile(
            "TIFF, 16-bit greys, big-endian",
            """
            TU0AKgAAAE4ASAGbAdoAfACbAbIA0wCIAZ0AgADMAUEBEgAqAA0BsAF4AaIBDQGYAKQA4gGKAD0AlwA+AOIB6ABDAL8AyQ\
            HDAGUA+wCDAAkBAAADAAAAAQAHAAABAQADAAAAAQAFAAABAgADAAAAAQAQAAABAwADAAAAAQABAAABBgADAAAAAQABAAAB\
            EQAEAAAAAQAAAAgBFQADAAAAAQABAAABFgADAAAAAQAFAAABFwAEAAAAAQAAAEYAAAAA
            """,
            7, 5,
            """
            SEhI////////fHx8m5ub////09PTiIiI////gICAzMzM////////KioqDQ0N////////////////////pKSk4uLi////PT\
            09l5eXPj4+4uLi////Q0NDv7+/ycnJ////ZWVl+/v7g4OD
            """),
        OddFile(
            "TIFF, 4-bit greys, white is zero, reversed bits",
            """
            SUkqABwAAAD/J0Sez71gwWYVSoPdaYrPsxg3EAoAAAEDAAEAAAAHAAAAAQEDAAEAAAAFAAAAAgEDAAEAAAAEAAAAAwEDAA\
            EAAAABAAAABgEDAAEAAAAAAAAACgEDAAEAAAACAAAAEQEEAAEAAAAIAAAAFQEDAAEAAAABAAAAFgEDAAEAAAAFAAAAFwEE\
            AAEAAAAUAAAAAAAAAA==
            """,
            7, 5,
            """
            AAAAAAAAERERu7u73d3d3d3diIiIAAAAzMzMREREIiIi////mZmZd3d3mZmZmZmZVVVVd3d3qqqq3d3dMzMzREREREREZm\
            ZmmZmZqqqq7u7uAAAAMzMzIiIi7u7ud3d3ERERMzMz////
            """),
        OddFile(
            "TIFF, CMYK of 16 bits",
            """
            SUkqACwBAAB4nAEYAef+2Zxacbj8VrdBcZM1w9S0dZw/rudOisph/cpOBM97+cnRwrJN9uRYcAQpwP8HZB5jbA0cQ0KqyD\
            tW+1rZZCvtNgMNDpudQbo8K1tYzsIGxrchgVyhmwXqbIOz2Vy4DhzzxA3Dws7bUWT/sMcGy1DyIGdVYnIyHtN1cNwxX/1X\
            8PujhSF6vCQvy9K/qyDFGexfwDX2ONTgniTunOKPkFYjJDbWRGOQapuvKPupylg1Vo9EO+qawxJjSzT5e9zdFkUv9f97u1\
            7LyBb6GRGaVDJLQBUtoUnqezRYcv1iyNszOMpuElNAyA3miREJQRPuLPfjAkt+9vnx5VyhLD6KgqGOicrvHcbMmtcRWyV7\
            hxe57dc8fZCcJldljrbDjbIACQAAAQMAAQAAAAcAAAABAQMAAQAAAAUAAAACAQMABAAAAJ4BAAADAQMAAQAAAAgAAAAGAQ\
            MAAQAAAAUAAAARAQQAAQAAAAgAAAAVAQMAAQAAAAQAAAAWAQMAAQAAAAUAAAAXAQQAAQAAACMBAAAAAAAAEAAQABAAEAA=
            """,
            7, 5,
            """
            HCgBTW0Xdw9ICzUcImQPgwBfupFBAx6nuUyRLg5GSTaQBAgLkyUWRdqZXEx6AQMDGRstKIyQrasbVWCRDTEvAhdZikenBR\
            2+AD4wrEyaindWAAsqblhwGxoXcwYJYjYrDzVeIhMLOixK
            """),
        OddFile(
            "TIFF, LAB colours",
            """
            SUkqAHIAAAA0w3froGZHd0pmDPV3JJMXGFfpr/yCuqGzuYGJAFTLneNGZSC3ezYIrXojnmZCs85/gTfmpmFrySXTDHaHpF\
            HqY8R+CGY3mauUGWqDVGtfsW68id4a+eopOTp7x8qTHQZb87N1K7/IELcACQAAAQMAAQAAAAcAAAABAQMAAQAAAAUAAAAC\
            AQMAAwAAAOQAAAADAQMAAQAAAAEAAAAGAQMAAQAAAAgAAAARAQQAAQAAAAgAAAAVAQMAAQAAAAMAAAAWAQMAAQAAAAUAAA\
            AXAQQAAQAAAGkAAAAAAAAACAAIAAgA
            """,
            0, 0,
            ""),
        OddFile(
            "TIFF, grey multiplied with alpha",
            """
            SUkqAE4AAAANZfAiXMYAY1fQCHb7edVWKjdqeOpg29+EXxJ30mUzay7ZIKPJ5gAVHuaN5BEbQ+3n3VIFue1Pn/2cyP55su\
            AdG83SJlT7CgAAAQMAAQAAAAcAAAABAQMAAQAAAAUAAAACAQMAAgAAAAgACAADAQMAAQAAAAEAAAAGAQMAAQAAAAEAAAAR\
            AQQAAQAAAAgAAAAVAQMAAQAAAAIAAAAWAQMAAQAAAAUAAAAXAQQAAQAAAEYAAABSAQMAAQAAAAEAAAAAAAAA
            """,
            0, 0,
            ""),
        OddFile(
            "TIFF, YCbCr, compressed, turned",
            """
            SUkqAHwAAAB4nAFpAJb/lG96mUj0mQjMOqdCg3cmqLvEq0MSRJjD8dzPScOj0KGx5AMZuI58zyKJrr33eROK5XeSpqbJSR\
            A+HUSb15LRdBY2twgf3VEHuFzxbRMevLihgGmvZRXRLIRVBigV7QFA9ni6YoJCMiO+KRsy/wsAAAEDAAEAAAAHAAAAAQED\
            AAEAAAAFAAAAAgEDAAMAAAAGAQAAAwEDAAEAAAAIAAAABgEDAAEAAAAGAAAAEQEEAAEAAAAIAAAAEgEDAAEAAAAGAAAAFQ\
            EDAAEAAAADAAAAFgEDAAEAAAAFAAAAFwEEAAEAAAB0AAAAEgIDAAIAAAABAAEAAAAAAAgACAAIAA==
            """,
            5, 7,
            """
            11AADM0A/0T/ogxvjJ52AEkzL/8Ah5cA/5n//1k2AHEAM/+K/tvVehnA/4wAk/8M/3R4/2Xp/6L/AFl//8/oANgAAJ8AVP\
            8GBcZzC45m6pH/Qx4AsrbR/2P/iSYAwmZX/5f33OkoEf8/
            """),
        OddFile(
            "TIFF, YCbCr, uncompressed",
            """
            SUkqAHIAAADelxO+f7gZMZ/ePqCQAHeJr5eUVNFId3NFmbv/Xz4R9Qx640YTQ0P0PhLJNyZy6ss9CVtYzCrtq+7Znqbubl\
            PYIEKdYTIKUvBxCiXhhUbKBXqzfhnoJDweJe5qpQJBOlwsWU0n2U71F24ACgAAAQMAAQAAAAcAAAABAQMAAQAAAAUAAAAC\
            AQMAAwAAAPAAAAADAQMAAQAAAAEAAAAGAQMAAQAAAAYAAAARAQQAAQAAAAgAAAAVAQMAAQAAAAMAAAAWAQMAAQAAAAUAAA\
            AXAQQAAQAAAGkAAAASAgMAAgAAAAEAAQAAAAAACAAIAAgA
            """,
            7, 5,
            """
            Rf///5a8RB4A/91pg8IAqWjc/2lGNVQ4lxJxov/EADvgKIH/AFMAWf9/Sv9H2xf/CYAAAHve/4///7P/rv/Ogf8tL99mpw\
            AAANoAj//pwfgAIv2viP9EuAAAALerDnIAAF0AACzE2/86
            """),
        OddFile(
            "TIFF, floats",
            """
            SUkqAKAAAAB4nAGMAHP/owYjQn+nt8Au/J5DbG0IQ+Q6vcFaZTNDWqxwQ4ozL0OkdZRDwqZYwopvDUP9d+NCnT00wgGIOk\
            PNhodDKS0nQ+onCELv+YRDYcwFQwZbBkNLNmdDiUwtwePsgEOUUEtDutZ0Qyiw1EAX8npDPvLQQAyEFcKfC4hDt0GJQ7NO\
            jEMch+1COHoeQphThsK5QTx2AAoAAAEDAAEAAAAHAAAAAQEDAAEAAAAFAAAAAgEDAAEAAAAgAAAAAwEDAAEAAAAIAAAABg\
            EDAAEAAAABAAAAEQEEAAEAAAAIAAAAFQEDAAEAAAABAAAAFgEDAAEAAAAFAAAAFwEEAAEAAACXAAAAUwEDAAEAAAADAAAA\
            AAAAAA==
            """,
            7, 5,
            """
            KCgoAAAA////iIiIAAAAs7Oz8PDwr6+v////AAAAjY2NcXFxAAAAurq6////p6enIiIi////hYWFhoaG5+fnAAAA////y8\
            vL9PT0BgYG+vr6BgYGAAAA////////////dnZ2JycnAAAA
            """),
        OddFile(
            "TIFF, palette of 4 bits in tiles",
            """
            SUkqAIoAAABjMAILfcVY1o+UF3w2JDmEQ3Ji+CFCNZvqg3iNgaiaR0aIWfvIShOB9c+KhUt+q/Ll3jnOxMW2QMsLqI+Gdq\
            Ig6eECKCaLZX4WRiAI9wBOeH2uodFmji3tuuB4lEtmoxyjneLU2BsCMKPN4aHcH+QWGPielcy7pC/EskZIFTDzqUnsCwAA\
            AQMAAQAAAAcAAAABAQMAAQAAAAUAAAACAQMAAQAAAAQAAAADAQMAAQAAAAWAAAAGAQMAAQAAAAMAAAAVAQMAAQAAAAEAAA\
            BAAQMAMAAAABQBAABCAQMAAQAAABAAAABDAQMAAQAAABAAAABEAQQAAQAAAAgAAABFAQQAAQAAAIIAAAAAAAAAemT28F07\
            8Rda12SV22PG+YX55AIRoM7OkbHkmYKFn4gYT5okQ2U5suHwhPaCM6UH+/zmqyDCadAaXLvdOqS/pIhh9VepYb22+YBSBU\
            cETTFafpGZuvh6xxRJj4OLv4ni
            """,
            7, 5,
            """
            F7K2ZE9hZE9hO2VhZE9hztDH+QcxAquZ1/CA8CRX+Qcx+QcxsVxJF7K2+QcxO2VhYzMEO2VhiKTi+fx+O2Vh+fx+F7K2+Q\
            cx+fx++fx+md2D+fx++fx++fx+lfYFAquZiKTiztDHsVxJ
            """),
        OddFile(
            "TIFF, separate planes with an extra one",
            """
            SUkqALwAAAB4nNssWxhrdUXKY4/kqaIPt1ImSfUrxrktLFHVnCQus3e3LbfnYnYAEOMOKXicOx8TlXGka7lH/1pfXQuR7A\
            CT7c+2dT9XDuCZbft6y/RFk0XifAArHBBheJwBIwDc/5uswPjD9a3hhGNQxiK0VSgiwYfK3/9Qs6JrX8I/vXm2GjDUggsU\
            InicASMA3P8sA2xXOOHt6qoxCfsTmouw2LyvW+pbF4Co05mPtMO7E0/Huz7IEt0LAAABAwABAAAABwAAAAEBAwABAAAABQ\
            AAAAIBAwAEAAAARgEAAAMBAwABAAAACAAAAAYBAwABAAAAAgAAABEBBAAEAAAATgEAABUBAwABAAAABAAAABYBAwABAAAA\
            BQAAABcBBAAEAAAAXgEAABwBAwABAAAAAgAAAFIBAwABAAAAAAAAAAAAAAAIAAgACAAIAAgAAAA0AAAAYAAAAI4AAAAsAA\
            AALAAAAC4AAAAuAAAA
            """,
            7, 5,
            """
            s8+bHVyscVrAXWj4OsTD1Ir1GqetSEjhvI+EGa1jyk1Qci3G8Dgi2hS0ZGtVklAoGjQij7fBIeaHXrbKRovfoef/dCNQJV\
            CzKQyikptrFz1fHOvCvbQ/u5e9PaJ5C5O2SRQao14wB0zU
            """),
        OddFile(
            "TIFF, strips of two rows",
            """
            SUkqAHYAAAApRq3hXEyl9BQr0LMyd4BpN3i7/mFRgyZqU7VZDSbmlnY1IlroygBw4iEAACkVhxBRYt/qpxaofgVu/+WSjV\
            +D01bejclkM9UP3jkuRr9Szhd1l5aAtRMAFHZUdcxYjtzAthfIwO+cfVYImET6+QkAAAEDAAEAAAAHAAAAAQEDAAEAAAAF\
            AAAAAgEDAAMAAADoAAAAAwEDAAEAAAAFgAAABgEDAAEAAAACAAAAEQEEAAMAAADuAAAAFQEDAAEAAAADAAAAFgEDAAEAAA\
            ACAAAAFwEEAAMAAAD6AAAAAAAAAAgACAAIAAgAAAA0AAAAYAAAACsAAAArAAAAFgAAAA==
            """,
            7, 5,
            """
            Rq3hXEyl9BQr0LMyd4BpN3i7/mFRgyZqU7VZDSbmlnY1IlroygBw4iEAFYcQUWLf6qcWqH4Fbv/lko1fg9NW3o3JZDPVD9\
            45Lka/Us4XdZeWgLUTdlR1zFiO3MC2F8jA75x9VgiYRPr5
            """),
        OddFile(
            "TIFF, turned left",
            """
            SUkqAHIAAACbKa0IRgWT7Oe10S8Dl7JZuHG4rMVBHHaAhRCSjjvPlg0QlygDvYUDrjC482/JVc87uIMnFIiQq9g7o4K1E9\
            m8Vl/dJDaGi7NmrKW3gE90/x5zvEauqTdurJpWIqYn3gPd0MULYKPocpUACgAAAQMAAQAAAAcAAAABAQMAAQAAAAUAAAAC\
            AQMAAwAAAPAAAAADAQMAAQAAAAEAAAAGAQMAAQAAAAIAAAARAQQAAQAAAAgAAAASAQMAAQAAAAgAAAAVAQMAAQAAAAMAAA\
            AWAQMAAQAAAAUAAAAXAQQAAQAAAGkAAAAAAAAACAAIAAgA
            """,
            5, 7,
            """
            uKzFA64wtRPZc7xG6HKVWbhxA72FO6OCdP8eC2CjA5eyEJcokKvYt4BP3dDFtdEvz5YNJxSIZqylJ94Dk+znko47O7iDho\
            uzViKmCEYFgIUQyVXP3SQ2bqyamymtQRx2uPNvvFZfrqk3
            """),
    ]
}
