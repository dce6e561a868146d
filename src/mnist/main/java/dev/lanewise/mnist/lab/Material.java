package dev.lanewise.mnist.lab;

/**
 * What is trained on, chosen by and tested on. The validation images are the last of the training set, and no run trains
 * on them; the test images are looked at when all is chosen.
 *
 * @param training its first images are trained on
 * @param images how many of them there are to train on
 * @param validation how many are held out, at the end
 * @param test all of them are tested on
 * @param order the order of the images in an epoch
 */
record Material(Images training, int images, int validation, Images test, Images.Order order) {
    /** As many images as the scale asks for, as far as they are there: at most a sixth of them for validation. */
    static Material of(Images training, Images test, Images.Order order, Scale scale) {
        int validation = Math.clamp(training.size() / 6, 1, scale.validation());
        return new Material(
                training, Math.clamp(training.size() - validation, 1, scale.images()), validation, test, order);
    }
}
