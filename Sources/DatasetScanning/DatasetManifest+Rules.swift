extension DatasetManifest {
    /// Throws unless there are at least `minimumClasses` classes, each with pictures. With
    /// `allowsEmptyClasses`, one class with pictures is enough.
    ///
    /// The scanner calls this; call it again after leaving out pictures.
    package func check(_ options: ScanOptions) throws(DatasetError) {
        guard let first = classes.first else { throw .noClasses(path: root, pictureCount: 0) }
        guard classes.count >= options.minimumClasses else { throw .oneClass(path: root, name: first) }
        guard !pictures.isEmpty || !options.allowsEmptyClasses else { throw .noPictures(path: root) }
        if !options.allowsEmptyClasses, let empty = emptyClasses.first {
            throw .emptyClass(
                path: root, name: classes[empty],
                unreadableCount: unreadable.count { $0.classIndex == empty })
        }
    }

    package var emptyClasses: [Int] {
        let filled = Set(pictures.map(\.classIndex))
        return classes.indices.filter { !filled.contains($0) }
    }

    func notingEmptyClasses() -> DatasetManifest {
        let emptyClasses = emptyClasses
        guard !emptyClasses.isEmpty else { return self }
        return DatasetManifest(
            root: root, classes: classes, pictures: pictures, unreadable: unreadable,
            notes: notes + emptyClasses.map { "\(classes[$0]): a class without pictures" })
    }

    /// Keeps only the pictures for which `predicate` holds; classes and their indices stay the same.
    package func keeping(_ predicate: (PictureFile) -> Bool) -> DatasetManifest {
        DatasetManifest(
            root: root, classes: classes, pictures: pictures.filter(predicate), unreadable: unreadable,
            notes: notes)
    }
}
