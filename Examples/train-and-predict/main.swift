// Trains a classifier on a folder of pictures, then predicts the classes of some others.
//
// usage: train-and-predict TRAIN_FOLDER RUN_FOLDER PICTURE...

import HeadStart

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 3 else {
    fatalError("usage: train-and-predict TRAIN_FOLDER RUN_FOLDER PICTURE...")
}
let (pictures, run, shown) = (arguments[1], arguments[2], Array(arguments.dropFirst(2)))

var training = Training(pictures: pictures, runFolder: run)
training.validation = .split(0.2)
training.weights = .random(7)  // .imagenet, once `headstart weights fetch` has fetched them
training.epochs = 3
let result = try await training.run { print("  \($0)") }
if let last = result.epochs.last {
    print("\(result.epochs.count) epochs, the last with a loss of \(last.loss)")
}

let classifier = try Classifier(run: run)
for (picture, predictions) in zip(shown, classifier.predict(shown)) {
    if let best = try predictions.get().first {
        print("\(picture)\t\(best.className)\t\(best.probability)")
    }
}
