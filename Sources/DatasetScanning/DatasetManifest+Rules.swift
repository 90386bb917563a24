extension DatasetManifest {
    /// Throws unless there are two classes or more, and pictures in each; with `allowsEmptyClasses`, in any.
    ///
    /// The scanner asks for it, and whoever leaves pictures out later must.
    package func check(_ options: ScanOptions) throws(DatasetError) {
        guard let first = classes.first else { throw .noClasses(path: root, pictureCount: 0) }
        guard classes.count > 1 else { throw .oneClass(path: root, name: first) }
        guard !pictures.isEmpty || !options.allowsEmptyClasses else { throw .noPictures(path: root) }
        let filled = Set(pictures.map(\.classIndex))
        if !options.allowsEmptyClasses, let empty = classes.indices.first(where: { !filled.contains($0) }) {
            throw .emptyClass(
                path: root, name: classes[empty],
                unreadableCount: unreadable.count { $0.classIndex == empty })
        }
    }

    /// The manifest with those pictures only for which `predicate` holds; classes and their indices stay.
    package func keeping(_ predicate: (PictureFile) -> Bool) -> DatasetManifest {
        DatasetManifest(
            root: root, classes: classes, pictures: pictures.filter(predicate), unreadable: unreadable,
            notes: notes)
    }
}
