/// ASCII letters of 5 x 7 pixels for labels in pictures; any other character is drawn as a box.
enum BitmapFont {
    static let width = 5
    static let height = 7

    /// Whether a letter covers the pixel at `row` and `column`.
    static func isInk(_ scalar: Unicode.Scalar, row: Int, column: Int) -> Bool {
        let place = Int(scalar.value) - 0x20
        let glyph = glyphs.indices.contains(place) ? glyphs[place] : box
        return glyph >> UInt64((height - 1 - row) * width + width - 1 - column) & 1 == 1
    }

    private static let box: UInt64 = 0x7_e318_c63f

    /// The letters from space to tilde: rows from the top, the left pixel of each row in its highest bit.
    private static let glyphs: [UInt64] = [
        0x0_0000_0000, 0x1_0842_1004, 0x2_94a0_0000, 0x2_95f5_7d4a, 0x1_1f47_17c4, 0x6_3222_2263,
        0x3_2544_564d, 0x1_0880_0000,
        0x0_8884_2082, 0x2_0821_0888, 0x0_0957_5480, 0x0_084f_9080, 0x0_0000_3088, 0x0_000f_8000,
        0x0_0000_018c, 0x0_4222_2210,
        0x3_a33a_e62e, 0x1_1842_108e, 0x3_a211_111f, 0x7_c441_062e, 0x0_8ca9_7c42, 0x7_e1e0_862e,
        0x1_910f_462e, 0x7_c222_2108,
        0x3_a317_462e, 0x3_a317_844c, 0x0_00c6_018c, 0x0_00c6_0188, 0x0_8888_2082, 0x0_01f0_7c00,
        0x2_0820_8888, 0x3_a211_1004,
        0x3_a216_d6ae, 0x3_a31f_c631, 0x7_a31f_463e, 0x3_a308_422e, 0x7_a318_c63e, 0x7_e10f_421f,
        0x7_e10f_4210, 0x3_a30b_c62e,
        0x4_631f_c631, 0x3_8842_108e, 0x1_c421_0a4c, 0x4_654c_5251, 0x4_2108_421f, 0x4_775a_c631,
        0x4_7359_c631, 0x3_a318_c62e,
        0x7_a31f_4210, 0x3_a318_d64d, 0x7_a31f_5251, 0x3_e107_043e, 0x7_c842_1084, 0x4_6318_c62e,
        0x4_6318_c544, 0x4_631a_d771,
        0x4_62a2_2a31, 0x4_62a2_1084, 0x7_c222_221f, 0x3_9084_210e, 0x4_2082_0821, 0x3_8421_084e,
        0x1_1510_0000, 0x0_0000_001f,
        0x2_0800_0000, 0x0_00e0_be2f, 0x4_21e8_c63e, 0x0_00e8_420e, 0x0_42f8_c62f, 0x0_00e8_fe0e,
        0x1_91e4_2108, 0x0_00f8_bc2e,
        0x4_21e8_c631, 0x1_00c2_108e, 0x0_8061_0a4c, 0x4_212a_6292, 0x3_0842_108e, 0x0_01aa_d6b1,
        0x0_01e8_c631, 0x0_00e8_c62e,
        0x0_01e8_fa10, 0x0_00f8_bc21, 0x0_016c_4210, 0x0_00f8_383e, 0x2_11e4_2106, 0x0_0118_c62f,
        0x0_0118_c544, 0x0_011a_d6aa,
        0x0_0115_1151, 0x0_0118_bc2e, 0x0_01f1_111f, 0x0_c844_1083, 0x1_0842_1084, 0x6_0841_1098,
        0x0_008a_8800,
    ]
}
