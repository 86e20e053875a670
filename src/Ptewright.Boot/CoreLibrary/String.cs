using System.Runtime.CompilerServices;

namespace System;

/// <summary>A string literal, laid out by the ahead-of-time compiler: length, then characters. No string is ever made here.</summary>
public sealed unsafe class String
{
#pragma warning disable CS0649 // Filled by the compiler in the image.
    private readonly int _length;
    private char _first;
#pragma warning restore CS0649

    /// <summary>The number of characters.</summary>
    public int Length => _length;

    /// <summary>One character; not checked.</summary>
    [IndexerName("Chars")]
    public char this[int index]
    {
        get
        {
            fixed (char* first = &_first)
            {
                return first[index];
            }
        }
    }
}
