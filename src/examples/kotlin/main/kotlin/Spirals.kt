package org.example

import dev.lanewise.nn.Mlp
import dev.lanewise.optim.AdamW
import dev.lanewise.optim.Optimizer
import dev.lanewise.schedule.WarmupCosine
import kotlin.math.cos
import kotlin.math.sin
import kotlin.random.Random

private const val CLASSES = 3
private const val BATCH = 64
private const val STEPS = 2_000

/** Trains a network to tell three spirals apart, and prints the share of new points that it gets right. */
fun main() {
    val mlp = Mlp(2, 32, 32, CLASSES).apply { initialize(1) }
    val optimizer = Optimizer(mlp.parameters(), AdamW(WarmupCosine(0.01, 50, STEPS.toLong())))
    val random = Random(2)
    val points = FloatArray(BATCH * 2)
    val labels = IntArray(BATCH)
    repeat(STEPS) { step ->
        spirals(random, points, labels)
        val loss = mlp.forwardBackward(points, 0, labels, 0, BATCH)
        optimizer.step(mlp.gradients())
        if (step % 500 == 0) println("step %4d  loss %.4f".format(step, loss))
    }

    val logits = FloatArray(BATCH * CLASSES)
    var right = 0
    repeat(16) {
        spirals(random, points, labels)
        mlp.predict(points, 0, BATCH, logits, 0)
        right += labels.indices.count { i ->
            (0 until CLASSES).maxBy { logits[i * CLASSES + it] } == labels[i]
        }
    }
    println("right: %.1f %%".format(100.0 * right / (16 * BATCH)))
}

private fun spirals(random: Random, points: FloatArray, labels: IntArray) {
    for (i in labels.indices) {
        val label = random.nextInt(CLASSES)
        val radius = random.nextDouble()
        val angle = 4 * radius + label * 2.0944 + 0.1 * random.nextDouble(-1.0, 1.0)
        points[2 * i] = (radius * cos(angle)).toFloat()
        points[2 * i + 1] = (radius * sin(angle)).toFloat()
        labels[i] = label
    }
}
