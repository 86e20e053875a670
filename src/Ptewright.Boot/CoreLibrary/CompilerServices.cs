namespace System.Runtime.CompilerServices
{
    /// <summary>What the runtime supports, as the C# compiler asks for it.</summary>
    public static class RuntimeFeature
    {
        /// <summary>References as fields.</summary>
        public const string ByRefFields = nameof(ByRefFields);

        /// <summary>Static abstract members of interfaces.</summary>
        public const string VirtualStaticsInInterfaces = nameof(VirtualStaticsInInterfaces);

        /// <summary>Function pointers with the platform's calling convention.</summary>
        public const string UnmanagedSignatureCallingConvention = nameof(UnmanagedSignatureCallingConvention);
    }

    /// <summary>Hints for the compilation of a method.</summary>
    [Flags]
    public enum MethodImplOptions
    {
        /// <summary>Never inline it.</summary>
        NoInlining = 0x0008,

        /// <summary>Inline it wherever possible.</summary>
        AggressiveInlining = 0x0100,

        /// <summary>Its body is elsewhere.</summary>
        InternalCall = 0x1000,
    }

    /// <summary>Gives hints for the compilation of a method.</summary>
    public sealed class MethodImplAttribute : Attribute
    {
        /// <summary>Gives the hints.</summary>
        public MethodImplAttribute(MethodImplOptions options)
        {
        }
    }

    /// <summary>Names the indexer of a type.</summary>
    public sealed class IndexerNameAttribute : Attribute
    {
        /// <summary>Names it.</summary>
        public IndexerNameAttribute(string name)
        {
        }
    }

    /// <summary>Marks extension methods.</summary>
    public sealed class ExtensionAttribute : Attribute
    {
    }

    /// <summary>Marks what the compiler made.</summary>
    public sealed class CompilerGeneratedAttribute : Attribute
    {
    }

    /// <summary>Marks a buffer of fixed length in a struct.</summary>
    public sealed class FixedBufferAttribute : Attribute
    {
        /// <summary>Describes the buffer.</summary>
        public FixedBufferAttribute(Type elementType, int length)
        {
        }
    }

    /// <summary>Marks a struct that holds a buffer of unknown length.</summary>
    public sealed class UnsafeValueTypeAttribute : Attribute
    {
    }

    /// <summary>Marks a volatile field.</summary>
    public static class IsVolatile
    {
    }

    /// <summary>Marks a type constraint <c>unmanaged</c>.</summary>
    public static class UnmanagedType
    {
    }
}

namespace System
{
    /// <summary>A type as an object; only attributes name it.</summary>
    public abstract class Type
    {
    }
}

namespace System.Runtime
{
    /// <summary>Makes a method visible to the linker under a name.</summary>
    public sealed class RuntimeExportAttribute : Attribute
    {
        /// <summary>Gives the name.</summary>
        public RuntimeExportAttribute(string entry)
        {
        }
    }

    /// <summary>Says that a method's body is a symbol of the linker.</summary>
    public sealed class RuntimeImportAttribute : Attribute
    {
        /// <summary>Names the symbol.</summary>
        /// <param name="library">Where it lies; <c>*</c> for this image.</param>
        /// <param name="entry">The name of the symbol.</param>
        public RuntimeImportAttribute(string library, string entry)
        {
        }
    }
}

namespace Internal.Runtime.CompilerHelpers
{
    /// <summary>Methods that the ahead-of-time compiler calls for code of the C# compiler; it looks for the class by name.</summary>
    internal static class StartupCodeHelpers
    {
        [System.Runtime.RuntimeExport("RhpReversePInvoke")]
        private static void ReversePInvoke(nint frame)
        {
        }

        [System.Runtime.RuntimeExport("RhpReversePInvokeReturn")]
        private static void ReversePInvokeReturn(nint frame)
        {
        }

        [System.Runtime.RuntimeExport("RhpPInvoke")]
        private static void PInvoke(nint frame)
        {
        }

        [System.Runtime.RuntimeExport("RhpPInvokeReturn")]
        private static void PInvokeReturn(nint frame)
        {
        }

        // Where methods with a stack buffer go when the guard behind it was overwritten.
        [System.Runtime.RuntimeExport("RhpFallbackFailFast")]
        private static void FailFast() => System.Environment.FailFast("A buffer on the stack overflowed: this is a mistake in the program.");
    }
}
