namespace System;

// The types that the compilers look for by name, with nothing in them that nobody here uses. Their layout is fixed by the
// language (primitives) or by the ahead-of-time compiler (Object, Array, String).

/// <summary>The root of all reference types; its one field is what the ahead-of-time compiler's type descriptors hang on.</summary>
public class Object
{
    private nint _type;

    /// <summary>Nothing to construct.</summary>
    public Object()
    {
    }
}

/// <summary>The base of value types.</summary>
public abstract class ValueType
{
}

/// <summary>The base of enumerations.</summary>
public abstract class Enum : ValueType
{
}

/// <summary>No value.</summary>
public struct Void
{
}

/// <summary>True or false, one byte.</summary>
public struct Boolean
{
}

/// <summary>A UTF-16 code unit.</summary>
public struct Char
{
}

/// <summary>A signed 8-bit integer.</summary>
public struct SByte
{
}

/// <summary>An unsigned 8-bit integer.</summary>
public struct Byte
{
}

/// <summary>A signed 16-bit integer.</summary>
public struct Int16
{
}

/// <summary>An unsigned 16-bit integer.</summary>
public struct UInt16
{
}

/// <summary>A signed 32-bit integer.</summary>
public struct Int32
{
    /// <summary>The smallest value, -2^31.</summary>
    public const int MinValue = unchecked((int)0x8000_0000);

    /// <summary>The largest value, 2^31 - 1.</summary>
    public const int MaxValue = 0x7fff_ffff;
}

/// <summary>An unsigned 32-bit integer.</summary>
public struct UInt32
{
    /// <summary>The largest value, 2^32 - 1.</summary>
    public const uint MaxValue = 0xffff_ffff;
}

/// <summary>A signed 64-bit integer.</summary>
public struct Int64
{
}

/// <summary>An unsigned 64-bit integer.</summary>
public struct UInt64
{
    /// <summary>The largest value, 2^64 - 1.</summary>
    public const ulong MaxValue = 0xffff_ffff_ffff_ffff;
}

/// <summary>A signed integer of the size of an address.</summary>
public struct IntPtr
{
}

/// <summary>An unsigned integer of the size of an address.</summary>
public struct UIntPtr
{
}

/// <summary>A 32-bit floating-point number; only the compilers ask for it.</summary>
public struct Single
{
}

/// <summary>A 64-bit floating-point number; only the compilers ask for it.</summary>
public struct Double
{
}

/// <summary>A nullable value; only the compilers ask for it.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public struct Nullable<T>
    where T : struct
{
}

/// <summary>The base of arrays: their length, as the ahead-of-time compiler lays it out. No array is ever made here.</summary>
public abstract class Array
{
#pragma warning disable CS0649 // Only the compiler's layout needs it.
    private int _length;
#pragma warning restore CS0649
}

/// <summary>The array type that the ahead-of-time compiler derives all one-dimensional arrays from.</summary>
/// <typeparam name="T">The type of the elements.</typeparam>
public class Array<T> : Array
{
}

/// <summary>The base of delegates; there are none.</summary>
public abstract class Delegate
{
}

/// <summary>The base of delegates that the C# compiler asks for; there are none.</summary>
public abstract class MulticastDelegate : Delegate
{
}

/// <summary>The base of exceptions; nothing throws here.</summary>
public class Exception
{
}

/// <summary>What the C# compiler puts into the declarations of extension members, which nobody runs.</summary>
public sealed class NotSupportedException : Exception
{
}

/// <summary>A type as a token; only the compilers ask for it.</summary>
public struct RuntimeTypeHandle
{
}

/// <summary>A method as a token; only the compilers ask for it.</summary>
public struct RuntimeMethodHandle
{
}

/// <summary>A field as a token; only the compilers ask for it.</summary>
public struct RuntimeFieldHandle
{
}
