package org.example;

import dev.lanewise.Lanewise;
import dev.lanewise.nn.Predictor;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Answers requests, each on a thread of the web server. */
@RestController
public class PredictController {
    private final Learner learner;

    PredictController(Learner learner) {
        this.learner = learner;
    }

    /**
     * The body of an answer.
     *
     * @param label the class with the largest logit
     * @param logits the logits of all classes
     * @param version the version of the weights
     */
    public record Answer(int label, float[] logits, long version) {}

    /** Predicts the class of one example, whose inputs are the body: {@code [0.1, 2, -0.3, 1]}. */
    @PostMapping("/predict")
    public Answer predict(@RequestBody float[] inputs) {
        if (inputs.length != Learner.INPUTS) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "inputs must be " + Learner.INPUTS + " numbers: " + inputs.length);
        }
        Predictor predictor = learner.latest();
        float[] logits = new float[Learner.CLASSES];
        predictor.predict(inputs, 0, 1, logits, 0);
        int label = 0;
        for (int i = 1; i < logits.length; i++) {
            label = logits[i] > logits[label] ? i : label;
        }
        return new Answer(label, logits, predictor.version());
    }

    /** Reports whether the vector kernels are in use; without the JVM's flag predictions take several times as long. */
    @GetMapping("/runtime")
    public String runtime() {
        return Lanewise.runtime().toString();
    }
}
