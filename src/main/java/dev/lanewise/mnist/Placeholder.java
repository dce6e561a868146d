package dev.lanewise.mnist;

class Placeholder {}
