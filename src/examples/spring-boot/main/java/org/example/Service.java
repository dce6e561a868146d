package org.example;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A web service that predicts while it learns. */
@SpringBootApplication
public class Service {
    /** Starts the service on port 8080, or on {@code --server.port}. */
    public static void main(String[] args) {
        SpringApplication.run(Service.class, args);
    }
}
