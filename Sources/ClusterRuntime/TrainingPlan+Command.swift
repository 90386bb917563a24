import Imaging

extension TrainingPlan {
    /// The command that trains the same model again into another folder: every option that the model depends
    /// on and that isn't the default, for a POSIX shell, one option per line.
    package var repeatingCommand: String {
        let standard = TrainingPlan(trainDirectory: trainDirectory, output: output)
        var lines = ["headstart train \(trainDirectory.quotedForShell)"]
        func add(_ option: String, _ value: String?) {
            lines.append("  " + option + (value.map { " " + $0.quotedForShell } ?? ""))
        }
        switch validation {
        case .none: break
        case .folder(let path): add("--validation", path)
        case .split(let fraction): add("--validation-split", "\(fraction)")
        }
        add("--out", output + "-again")
        add("--weights", "\(weights)")
        if architecture != standard.architecture { add("--backbone", architecture.rawValue) }
        if preprocessing != standard.preprocessing { add("--preprocess", preprocessing.rawValue) }
        if hiddenUnits != standard.hiddenUnits { add("--hidden-units", "\(hiddenUnits)") }
        add("--epochs", "\(epochs)")
        if batchSize != standard.batchSize { add("--batch-size", "\(batchSize)") }
        if learningRate != standard.learningRate { add("--learning-rate", "\(learningRate)") }
        add("--seed", "\(seed)")
        if let augmentation {
            let ranges = AugmentationRanges()
            if augmentation.shearDegrees != ranges.shearDegrees {
                add("--shear", "\(augmentation.shearDegrees)")
            }
            if augmentation.zoom != ranges.zoom { add("--zoom", "\(augmentation.zoom)") }
            if !augmentation.horizontalFlip { add("--no-flip", nil) }
        } else {
            add("--augment", "none")
        }
        if augmentsValidation { add("--augment-validation", nil) }
        if let earlyStoppingPatience { add("--early-stopping", "\(earlyStoppingPatience)") }
        if honorsExifOrientation { add("--exif", nil) }
        if includesHiddenFolders { add("--hidden-folders", nil) }
        if allowsEmptyClasses { add("--allow-empty-classes", nil) }
        if pixelLimit != standard.pixelLimit { add("--pixel-limit", "\(pixelLimit)") }
        return lines.joined(separator: " \\\n")
    }
}

extension AugmentationRanges {
    /// For messages, such as "shear 0.2°, zoom 0.2, flip".
    var words: String {
        "shear \(shearDegrees)°, zoom \(zoom)" + (horizontalFlip ? ", flip" : "")
    }
}
