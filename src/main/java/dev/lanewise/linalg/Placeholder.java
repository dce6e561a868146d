package dev.lanewise.linalg;

class Placeholder {}
