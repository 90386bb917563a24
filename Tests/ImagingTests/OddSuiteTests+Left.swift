extension OddSuiteTests {
    /// A cause, and the odd files that aren't as Keras has them because of it.
    struct Cause {
        let reason: String
        let names: [String]
    }

    /// All that differ.
    static let left = [
        Cause(
            reason: "lossless JPEG: libjpeg-turbo 2.1 doesn't read it, Pillow's 3 does; refused by name",
            names: [
                "random8_100x91_lossless_psv5_pt2.jpg",
                "random8_91x100_lossless_psv1_pt0.jpg",
                "random8_91x100_lossless_psv6_pt0.jpg",
                "random8_92x99_lossless_psv6_pt3.jpg",
                "random8_93x98_lossless_psv2_pt0.jpg",
                "random8_94x97_lossless_psv2_pt7.jpg",
                "random8_96x95_lossless_psv3_pt5.jpg",
                "random8_98x93_lossless_psv4_pt5.jpg",
                "random8_99x92_lossless_psv5_pt0.jpg",
                "testimg_rgb.jpg",
            ]),
        Cause(
            reason: "progressive JPEG without all its scans: what is missing is guessed otherwise by "
                + "libjpeg-turbo 2.1 than by Pillow's 3; refused by name",
            names: [
                "id_002971_src_002692_op_havoc_rep_1.jpg",
                "id_003805_src_003737_op_flip4_pos_299.jpg",
                "id_003819_src_003781_op_flip1_pos_163.jpg",
                "id_003852_src_003835_op_flip1_pos_163.jpg",
                "id_003864_src_003803_op_flip1_pos_303.jpg",
                "id_004095_src_003735_op_havoc_rep_2.jpg",
                "id_005019_sync_jpeg_turbo_src_003806.jpg",
                "id_005026_sync_jpeg_turbo_src_003792.jpg",
                "id_005030_sync_jpeg_turbo_src_003849.jpg",
                "id_005038_sync_jpeg_turbo_src_003854.jpg",
                "id_005042_sync_jpeg_turbo_src_003837.jpg",
                "id_005048_sync_jpeg_turbo_src_003846.jpg",
                "id_005050_sync_jpeg_turbo_src_003808.jpg",
                "id_005059_sync_jpeg_turbo_src_003820.jpg",
                "id_005064_sync_jpeg_turbo_src_003761.jpg",
                "id_005068_sync_jpeg_turbo_src_003853.jpg",
                "id_005070_sync_jpeg_turbo_src_003847.jpg",
                "id_005075_sync_jpeg_turbo_src_003811.jpg",
                "id_005076_sync_jpeg_turbo_src_003778.jpg",
                "id_005079_sync_jpeg_turbo_src_003834.jpg",
                "id_005082_sync_jpeg_turbo_src_003800.jpg",
                "id_005086_sync_jpeg_turbo_src_003790.jpg",
                "id_005087_sync_jpeg_turbo_src_003749.jpg",
                "id_005092_sync_jpeg_turbo_src_003848.jpg",
                "id_005094_sync_jpeg_turbo_src_003802.jpg",
                "id_005360_sync_jpeg_turbo_src_003903.jpg",
                "id_005372_src_005011_op_havoc_rep_2.jpg",
            ]),
        Cause(
            reason: "L*a*b* colours, which Pillow converts with Little CMS",
            names: [
                "ColorCheckerCalculator.tif",
                "hopper.Lab.tif",
                "lab-green.tif",
                "lab-red.tif",
                "lab.tif",
            ]),
        Cause(
            reason: "tags that libtiff rejects or repairs; Pillow reads uncompressed strips without it",
            names: [
                "1f1629670972c4379f57df86300852e4a28845c9-1.tiff"
            ]),
        Cause(
            reason: "fax lines without their end marks, which libtiff reads from version 4.7 on",
            names: ["incorrect-compression-rle-as-g3.tif"]),
    ]
}
