package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WorkersModelTest {
    @ParameterizedTest
    @CsvSource({"1, 3, 3", "2, 2, 2", "2, 3, 2"})
    void noOrderOfTheStepsLosesOrRepeatsATaskOrForgetsAThread(int helpers, int parts, int calls) {
        new WorkersModel(helpers, parts, calls, WorkersModel.Mistake.NONE).explore();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void theModelFindsEachMistake(WorkersModel.Mistake mistake) {
        assertThrows(AssertionError.class, () -> new WorkersModel(2, 3, 2, mistake).explore());
    }
}
