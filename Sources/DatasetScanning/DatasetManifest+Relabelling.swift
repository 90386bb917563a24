extension DatasetManifest {
    /// The same pictures with another list of classes, such as validation pictures with the training classes.
    ///
    /// - Precondition: every class that has pictures is in `names`.
    package func relabelled(to names: [String]) -> DatasetManifest {
        // Compares bytes, because `String` treats composed and decomposed letters as equal.
        let places = classes.map { name in names.firstIndex { $0.utf8.elementsEqual(name.utf8) } }
        func place(_ classIndex: Int) -> Int {
            guard let place = places[classIndex] else {
                preconditionFailure("class \(classes[classIndex]) is not in the list")
            }
            return place
        }
        return DatasetManifest(
            root: root, classes: names,
            pictures: pictures.map {
                PictureFile(
                    relativePath: $0.relativePath, classIndex: place($0.classIndex), byteCount: $0.byteCount,
                    digest: $0.digest)
            },
            unreadable: unreadable.map {
                UnreadablePicture(
                    relativePath: $0.relativePath, classIndex: place($0.classIndex), error: $0.error)
            }, notes: notes)
    }
}
