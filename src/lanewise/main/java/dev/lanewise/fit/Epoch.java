package dev.lanewise.fit;

/**
 * What an epoch gave.
 *
 * @param number the number of the epoch, from 1
 * @param epochs the number of epochs of the training, unless it stops early
 * @param steps the number of steps that the optimizer has taken, with those before this training
 * @param loss the mean loss of the rows of this epoch, each before the step of its batch
 * @param validationLoss the mean loss of the validation data after the epoch; NaN without such data
 * @param accuracy the share of the rows of the validation data whose largest output is their class, NaN and infinite outputs never; NaN
 *     without such data or classes
 * @param seconds the time of the steps, without the validation
 */
public record Epoch(
        int number, int epochs, long steps, double loss, double validationLoss, double accuracy, double seconds) {
    /** {@return the loss by which epochs are compared: the validation's if there is one} */
    public double monitored() {
        return Double.isNaN(validationLoss) ? loss : validationLoss;
    }
}
