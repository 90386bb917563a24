import ContentAddressing
import Files

package struct PictureFile: Sendable, Hashable {
    /// The path relative to the data set's folder, such as "cats/old/1.jpg"; Keras' `filenames`.
    package let relativePath: String
    /// The index of the class in the manifest's `classes`.
    package let classIndex: Int
    package let byteCount: Int
    /// The SHA-256 of the file's bytes.
    package let digest: ContentDigest

    package init(relativePath: String, classIndex: Int, byteCount: Int, digest: ContentDigest) {
        self.relativePath = relativePath
        self.classIndex = classIndex
        self.byteCount = byteCount
        self.digest = digest
    }

    /// Compares the bytes of paths, because `String` treats composed and decomposed letters as equal and file
    /// systems don't.
    package static func == (left: PictureFile, right: PictureFile) -> Bool {
        left.classIndex == right.classIndex && left.byteCount == right.byteCount
            && left.digest == right.digest
            && left.relativePath.utf8.elementsEqual(right.relativePath.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(classIndex)
        hasher.combine(digest)
    }
}

/// A file with a picture's name that couldn't be opened or read; it is left out.
package struct UnreadablePicture: Sendable, Hashable {
    package let relativePath: String
    package let classIndex: Int
    package let error: FileSystemError
}

/// The classes and pictures of a data set's folder, in the order of Keras' `flow_from_directory`.
package struct DatasetManifest: Sendable {
    /// The folder, as it was given.
    package let root: String
    /// The class names in code-point order. Compare them by `utf8` or by index, because as `String` values,
    /// names that differ only in how letters are composed are equal.
    package let classes: [String]
    package let pictures: [PictureFile]
    package let unreadable: [UnreadablePicture]
    /// Other things that were left out, one per line.
    package let notes: [String]
    /// The digest of the classes, the paths and the pictures' digests; it doesn't depend on the root.
    package let digest: ContentDigest

    package init(
        root: String, classes: [String], pictures: [PictureFile], unreadable: [UnreadablePicture] = [],
        notes: [String] = []
    ) {
        self.root = root
        self.classes = classes
        self.pictures = pictures
        self.unreadable = unreadable
        self.notes = notes
        var hasher = ContentHasher()
        hasher.update(bigEndian: UInt64(classes.count))
        for name in classes {
            hasher.update(field: name)
        }
        hasher.update(bigEndian: UInt64(pictures.count))
        for picture in pictures {
            hasher.update(field: picture.relativePath)
            hasher.update(bigEndian: UInt64(picture.classIndex))
            hasher.update(picture.digest.bytes)
        }
        digest = hasher.finalize()
    }

    package func path(of picture: PictureFile) -> String { root + "/" + picture.relativePath }
}
